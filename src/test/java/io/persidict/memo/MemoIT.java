package io.persidict.memo;

import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** Processes that ask for the same result. */
final class MemoIT {
  /** On disk. */
  @Nested
  final class OnDisk extends MemoContract {
    @Override
    URI uri() {
      return directory.resolve("caches").toUri();
    }

    @Override
    List<String> options() {
      return List.of();
    }
  }

  /** In S3, on a server that does not honour conditional deletes. */
  @Nested
  final class InS3 extends MemoContract {
    private final TestS3 s3 = new TestS3();

    @AfterEach
    void close() {
      s3.close();
    }

    @Override
    URI uri() {
      return URI.create("s3://" + s3.bucket() + "/memo/");
    }

    @Override
    List<String> options() {
      return List.of(
          "-Daws.accessKeyId=" + System.getProperty("aws.accessKeyId"),
          "-Daws.secretAccessKey=" + System.getProperty("aws.secretAccessKey"),
          "-Dpersidict.s3.endpoint=" + s3.endpoint(),
          "-Dpersidict.s3.region=" + s3.region());
    }
  }
}
