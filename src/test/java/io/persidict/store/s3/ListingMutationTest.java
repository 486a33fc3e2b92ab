package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Mutator;
import io.persidict.store.Listed;
import io.persidict.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever a listing says, it is told or refused, and leads nobody out of the place asked for. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server answers as it is told")
@ExtendWith(RepeatAtOnce.class)
final class ListingMutationTest {
  private static final String OTHER = "app/other/x";
  private static final List<String> SEEDS =
      List.of(
          """
          <?xml version="1.0" encoding="UTF-8"?>
          <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>app/dir/</Prefix>
          <KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>
          <Contents><Key>app/dir/x</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>
          <ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>
          <Contents><Key>app/dir/sub/y%20z</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>"e"</ETag><Size>2</Size></Contents>
          <CommonPrefixes><Prefix>app/dir/sub/</Prefix></CommonPrefixes></ListBucketResult>
          """,
          """
          <ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a/b+c=</NextContinuationToken>
          <Contents><Key>app/dir/x</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>"e"</ETag><Size>1</Size></Contents>
          </ListBucketResult>
          """,
          "<Error><Code>NoSuchBucket</Code><Message>none</Message><Key>app/other/x</Key></Error>",
          "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d SYSTEM"
              + " \"file:///etc/hostname\">]><a>&b;&d;</a>");

  /** What else may stand where a key or prefix does. */
  private static final List<String> STRANGE =
      List.of(
          OTHER,
          "app/other/",
          "app/dir/",
          "app/dir/../",
          "app/dir/../x",
          "app/dir//",
          "app/dir//x",
          "x",
          "/");

  private static final Pattern PLACE = Pattern.compile("(?<=>)app/dir/[^<]*(?=<)");
  private static final Pattern ELEMENT =
      Pattern.compile("<(Key|Size|ETag|LastModified|IsTruncated|Prefix)>[^<]*</\\1>");

  private final Random random = new Random(Long.getLong("test.seed", 20_261_130L));
  private final TestS3 s3 = new TestS3();
  private final S3Store store =
      s3.server().timeout(Duration.ofSeconds(1)).open(s3.bucket(), "app/", false);

  @AfterEach
  void close() {
    store.close();
    s3.close();
  }

  @Test
  void whateverAListingSaysItIsToldOrRefused() {
    s3.own().put(s3.bucket(), OTHER, "x");
    List<byte[]> seeds = SEEDS.stream().map(seed -> seed.getBytes(UTF_8)).toList();
    int told = 0;
    for (int i : Mutator.tries("listings", 150)) {
      boolean isWellFormed = random.nextBoolean();
      byte[] body = isWellFormed ? edited().getBytes(UTF_8) : Mutator.mutated(seeds, random);
      S3Answer answer = S3Answer.of(200, Map.of("Content-Type", "application/xml"), body);
      s3.own().put(s3.bucket(), "app/dir/x", "x");
      try {
        s3.own().mischief().answerInstead(answer);
        told += use(i % 3, isWellFormed ? new String(body, UTF_8) : null);
      } catch (StoreException e) {
        assertThat(e).message().contains(s3.endpoint().toString());
      } catch (Throwable e) {
        throw new AssertionError(new String(body, UTF_8), e);
      } finally {
        s3.own().mischief().forgetOrders();
      }
      assertThat(s3.own().keys(s3.bucket())).as(new String(body, UTF_8)).contains(OTHER);
    }
    assertThat(told).isPositive();
  }

  /** A listing that has something strange in one place, or lacks an element. */
  private String edited() {
    String seed = SEEDS.get(random.nextInt(2));
    boolean lacks = random.nextInt(4) == 0;
    List<MatchResult> places = (lacks ? ELEMENT : PLACE).matcher(seed).results().toList();
    MatchResult place = places.get(random.nextInt(places.size()));
    String instead = lacks ? "" : STRANGE.get(random.nextInt(STRANGE.size()));
    return seed.substring(0, place.start()) + instead + seed.substring(place.end());
  }

  /**
   * Lists in one of three ways; returns how many names were told.
   *
   * @param said what the listing says, if that can be read
   */
  private int use(int way, @Nullable String said) {
    if (way == 0) {
      store.deleteBelow("dir/", name -> true);
      return 0;
    }
    try (Stream<String> names =
        way == 1
            ? store.list("dir/").map(Listed::name)
            : store.children("dir/").map("dir/"::concat)) {
      return (int)
          names
              .peek(name -> assertThat(name).startsWith("dir/").isNotEqualTo("dir/"))
              .peek(name -> assertThat(name).doesNotContain("..", "//"))
              .peek(name -> assertThat(said == null || says(said, name)).as(name).isTrue())
              .count();
    }
  }

  private static boolean says(String listing, String name) {
    return listing.replace("%20", " ").contains(">app/" + name);
  }
}
