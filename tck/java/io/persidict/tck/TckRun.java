package io.persidict.tck;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import io.persidict.jcache.QuickDestruction;
import io.persidict.store.s3.TestS3;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.jsr107.tck.CachingTest;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs the TCK with all caches in S3: on a server of its own, or on the one that {@link TestS3} is
 * told of. Prints what failed, and in its last line how many tests ran, passed, failed and were
 * skipped.
 */
public final class TckRun {
  private TckRun() {}

  public static void main(String[] arguments) throws Exception {
    QuickDestruction.allow();
    TestExecutionSummary summary;
    try (TestS3 s3 = new TestS3()) {
      System.setProperty("persidict.uri", "s3://" + s3.bucket() + "/tck/");
      System.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
      System.setProperty("persidict.s3.region", s3.region());
      summary = run();
    }
    summary.printFailuresTo(new PrintWriter(System.out, true), 20);
    System.out.printf(
        "%d run, %d passed, %d failed, %d skipped%n",
        summary.getTestsStartedCount(),
        summary.getTestsSucceededCount(),
        summary.getTotalFailureCount(),
        summary.getTestsSkippedCount());
    System.exit(0);
  }

  private static TestExecutionSummary run() throws Exception {
    URI tests = CachingTest.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClasspathRoots(Set.of(Path.of(tests))))
                .filters(
                    ClassNameFilter.includeClassNamePatterns(".*Test", ".*FactoryBuilderTest1"))
                .build(),
            listener);
    return listener.getSummary();
  }
}
