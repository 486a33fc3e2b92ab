package io.persidict.spring.sample;

/** Runs the sample under Boot's devtools, and has them restart it once. */
final class RestartProbe {
  private static final String RESTARTED = "restarted";

  private RestartProbe() {}

  public static void main(String[] arguments) throws Exception {
    SampleApplication.main(arguments);
    System.out.println("ran in " + RestartProbe.class.getClassLoader().getClass().getSimpleName());
    if (System.getProperty(RESTARTED) != null) {
      System.exit(0); // the first thread ended with an exception, as devtools have it
    } else {
      System.setProperty(RESTARTED, "true");
      Class<?> restarter = Class.forName("org.springframework.boot.devtools.restart.Restarter");
      Object instance = restarter.getMethod("getInstance").invoke(null);
      restarter.getMethod("restart").invoke(instance);
    }
  }
}
