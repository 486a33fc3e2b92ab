package io.persidict.store.s3;

import io.persidict.store.ETag;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;

/**
 * Sends a large value in parts, each of them repeated by itself. The object appears, whole, when
 * the last request of it succeeds. Never on condition: some servers ignore it there.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Upload(Requests requests, String name, byte[] bytes) {
  /** The size, in bytes, above which values are sent in parts, and the size of these. */
  static final int THRESHOLD = 16 * 1024 * 1024;

  /** Sends all; the ETag is empty where the server does not tell it. */
  Optional<ETag> send(Retry attempts, WriteHistory writes) {
    attempts.begins();
    String upload = requests.beginParts(name, writes);
    boolean complete = false;
    try {
      List<CompletedPart> parts = new ArrayList<>();
      for (int offset = 0; offset < bytes.length; offset += THRESHOLD) {
        parts.add(part(attempts, upload, parts.size() + 1, offset));
      }
      Optional<ETag> etag = requests.completeParts(name, upload, parts);
      complete = true;
      return etag;
    } finally {
      if (!complete) {
        abort(upload);
      }
    }
  }

  private CompletedPart part(Retry attempts, String upload, int number, int offset) {
    int length = Math.min(THRESHOLD, bytes.length - offset);
    while (true) {
      try {
        CompletedPart part = requests.putPart(name, upload, number, bytes, offset, length);
        attempts.succeeded();
        return part;
      } catch (NoSuchUploadException e) {
        throw e; // all must begin anew
      } catch (SdkException e) {
        attempts.failed(e);
      }
    }
  }

  /** Lets the server forget the parts; if it does not hear of it, its own rules do. */
  private void abort(String upload) {
    try {
      requests.abortParts(name, upload);
    } catch (SdkException e) {
      System.getLogger(Upload.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot abort the upload of " + name, e);
    }
  }
}
