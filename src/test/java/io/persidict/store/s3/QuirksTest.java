package io.persidict.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.s3.Mischief.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The contract on servers that differ from AWS, and what is refused of others. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server differs in the way that it is told")
final class QuirksTest {
  /** The contract on a server that differs in one way. */
  abstract static class Contract extends S3StoreTest {
    private final Quirk quirk;
    private CapitalizingProxy proxy;

    Contract(Quirk quirk) {
      this.quirk = quirk;
    }

    @Override
    protected Store open() {
      super.open().close();
      s3.own().adopt(quirk);
      if (quirk != Quirk.CAPITALIZED_HEADERS) {
        return s3.open();
      }
      proxy = new CapitalizingProxy(s3.endpoint());
      return S3Server.at(proxy.endpoint()).region(s3.region()).open(s3.bucket(), "", false);
    }

    @AfterEach
    void returnToNormal() {
      s3.own().adoptNone();
      if (proxy != null) {
        proxy.close();
      }
    }

    /** A write, a delete and a batch without an answer, each of which took effect. */
    @Test
    void whatTookEffectIsKnownAlsoWithoutAnAnswer() {
      s3.own().mischief().next(Fault.RESET_AFTER);
      PutResult inserted = store.put(NAME, bytes("1"), Precondition.absent());
      assertThat(inserted).isInstanceOf(PutResult.Written.class);
      ETag etag = store.stat(NAME).orElseThrow().etag();
      s3.own().mischief().next(Fault.RESET_AFTER);
      assertThat(store.put(NAME, bytes("2"), Precondition.matches(etag)))
          .isInstanceOf(PutResult.Written.class);
      s3.own().mischief().next(Fault.RESET_AFTER);
      store.put(NAME, bytes("3"), Precondition.none());
      assertThat(store.read(NAME)).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("3")));
      s3.own().mischief().next(Fault.RESET_AFTER);
      store.delete(NAME, Precondition.none());
      assertThat(store.read(NAME)).isEmpty();
    }

    @Test
    void aListingOfSeveralPagesIsWhole() {
      IntStream.range(0, 2_500).forEach(i -> s3.own().put(s3.bucket(), "many/n" + i, "x"));
      assertThat(names("many/")).hasSize(2_500);
      store.deleteBelow("many/", name -> true);
      assertThat(names("")).isEmpty();
    }

    /** Taken for encoded, or decoded twice, some of them would be names. */
    @Test
    void foreignNamesAreNotTakenForOthers() {
      for (String key :
          new String[] {"a%2Fb", "a%62", "a+b", "a b", "\u00e4", "%64/x", "&#98;", "b"}) {
        s3.own().put(s3.bucket(), key, "x");
      }
      assertThat(names("")).containsExactly("b");
      try (Stream<String> children = store.children("")) {
        assertThat(children).containsExactly("b");
      }
      store.deleteBelow("", name -> true);
      assertThat(s3.own().keys(s3.bucket())).hasSize(7).doesNotContain("b");
    }

    @Test
    void aVersionThatIsThereIsDiscarded() {
      s3.own().honourConditionalDeletes();
      store.put(NAME, bytes("1"), Precondition.none());
      ETag etag = store.stat(NAME).orElseThrow().etag();
      try (Store honouring = s3.server().conditionalDelete(true).open(s3.bucket(), "", false)) {
        assertThat(honouring.discard(NAME, new ETag("other")))
            .isEqualTo(new DeleteResult.Lost(etag));
        assertThat(honouring.discard(NAME, etag)).isEqualTo(DeleteResult.Deleted.DELETED);
      }
      assertThat(store.read(NAME)).isEmpty();
    }

    @Override
    protected int rounds() {
      return 8;
    }

    @Override
    protected int replacements() {
      return 20;
    }
  }

  @Nested
  final class LosesUnconditional extends Contract {
    LosesUnconditional() {
      super(Quirk.LOSES_UNCONDITIONAL);
    }
  }

  @Nested
  final class CapitalizedHeaders extends Contract {
    CapitalizedHeaders() {
      super(Quirk.CAPITALIZED_HEADERS);
    }
  }

  @Nested
  final class HeadWithoutLength extends Contract {
    HeadWithoutLength() {
      super(Quirk.HEAD_WITHOUT_LENGTH);
    }
  }

  @Nested
  final class HeadWithoutLastModified extends Contract {
    HeadWithoutLastModified() {
      super(Quirk.HEAD_WITHOUT_LAST_MODIFIED);
    }
  }

  @Nested
  final class HeadWithoutEtag extends Contract {
    HeadWithoutEtag() {
      super(Quirk.HEAD_WITHOUT_ETAG);
    }
  }

  @Nested
  final class PutWithoutEtag extends Contract {
    PutWithoutEtag() {
      super(Quirk.PUT_WITHOUT_ETAG);
    }
  }

  @Nested
  final class WeakEtags extends Contract {
    WeakEtags() {
      super(Quirk.WEAK_ETAGS);
    }
  }

  @Nested
  final class QuotedConditions extends Contract {
    QuotedConditions() {
      super(Quirk.QUOTED_CONDITIONS);
    }
  }

  @Nested
  final class NotModifiedForLost extends Contract {
    NotModifiedForLost() {
      super(Quirk.NOT_MODIFIED_FOR_LOST);
    }
  }

  @Nested
  final class ConflictForLost extends Contract {
    ConflictForLost() {
      super(Quirk.CONFLICT_FOR_LOST);
    }
  }

  @Nested
  final class ListWithoutIsTruncated extends Contract {
    ListWithoutIsTruncated() {
      super(Quirk.LIST_WITHOUT_IS_TRUNCATED);
    }
  }

  @Nested
  final class ListUnencoded extends Contract {
    ListUnencoded() {
      super(Quirk.LIST_UNENCODED);
    }
  }

  @Nested
  final class WantsContentMd5 extends Contract {
    WantsContentMd5() {
      super(Quirk.WANTS_CONTENT_MD5);
    }
  }

  @Test
  void everyBearableQuirkHasItsContract() {
    List<String> contracts =
        Stream.of(QuirksTest.class.getDeclaredClasses())
            .map(each -> each.getSimpleName().toLowerCase(java.util.Locale.ROOT))
            .toList();
    assertThat(contracts)
        .containsAll(
            Arrays.stream(Quirk.values())
                .filter(Quirk::isBearable)
                .map(quirk -> quirk.name().replace("_", "").toLowerCase(java.util.Locale.ROOT))
                .toList());
  }

  /** What must be in the message that refuses such a server. */
  private static String said(Quirk quirk) {
    return switch (quirk) {
      case NO_LAST_MODIFIED -> "Last-Modified";
      case NO_ETAG -> "ETag";
      case NO_METADATA -> "x-amz-meta-";
      case NO_CONDITIONS, REFUSES_CONDITIONS -> "If-None-Match: *";
      default -> "ListObjects";
    };
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.MATCH_ANY,
      names = {"NO_.*", "REFUSES_.*", "LIST_WITHOUT_TOKEN", "LIST_IGNORES_.*"})
  void aServerThatLacksWhatIsNeededIsRefusedAtOnceAndInWords(Quirk quirk) {
    try (TestS3 s3 = new TestS3();
        S3Store store = s3.open()) {
      for (int i = 0; i < 2_500; i++) {
        s3.own().put(s3.bucket(), "many/n" + i, "x");
      }
      s3.own().adopt(quirk);
      s3.own().resetCounts();
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(
              () -> {
                s3.own().mischief().next(Fault.RESET_AFTER);
                store.put("new", new byte[] {1}, Precondition.absent());
                store.read("new");
                List<String> listed = new ArrayList<>();
                store.list("").forEach(each -> listed.add(each.name()));
              })
          .withMessageContaining(s3.endpoint().toString())
          .withMessageContaining(said(quirk));
      assertThat(s3.own().counts().values())
          .as("requests of each kind, not made again and again")
          .allMatch(made -> made <= 10);
    }
  }
}
