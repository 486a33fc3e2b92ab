package io.persidict;

import io.persidict.store.Credentials;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.store.s3.S3Server;
import io.persidict.store.s3.S3Store;
import io.persidict.tier.Copies;
import io.persidict.tier.LocalCopies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Opens a {@link PersiDict} whose entries are objects below a prefix of an S3 bucket, which is
 * created if it is missing and that is allowed. Credentials come from the AWS SDK's default chain.
 *
 * <pre>{@code
 * PersiDict<Object> dict = S3Dict.at(S3Server.aws(), "bucket", "data/").open(Object.class);
 * }</pre>
 *
 * Needs the artifacts {@code software.amazon.awssdk:s3} and {@code apache5-client}. What is removed
 * on condition, or on a server without atomic overwrites, leaves a tombstone, see {@link S3Store};
 * the Python original takes one for a value that it cannot read. ETags are hashes of the content:
 * of equal values in turn, a condition cannot tell one from the other.
 */
public final class S3Dict {
  private final S3Server server;
  private final String bucket;
  private final String prefix;
  private final DictOptions options = new DictOptions(0);
  private @Nullable Path localDir;
  private long localMaxBytes = Copies.DEFAULT_MAX_BYTES;

  private S3Dict(S3Server server, String bucket, String prefix) {
    this.server = server;
    this.bucket = bucket;
    this.prefix = prefix;
  }

  /**
   * {@return options of a dictionary below a prefix, which corresponds to {@code root_prefix} in
   * the original}
   *
   * @param server where the bucket is
   * @param bucket created, when the dictionary is opened, if it is missing and that is allowed
   * @param prefix empty, or segments each followed by {@code /}
   */
  public static S3Dict at(S3Server server, String bucket, String prefix) {
    return new S3Dict(server, bucket, prefix);
  }

  /**
   * How values are stored, and the extension of their objects, as {@link FileDirDict#format}.
   *
   * @param format checked when the dictionary is opened
   * @return these options
   */
  public S3Dict format(String format) {
    options.format = format;
    return this;
  }

  /**
   * Characters of the digest in objects' names; 0 unless set, as in the original.
   *
   * @param digestLength 0 to 26, checked when the dictionary is opened
   * @return these options
   */
  public S3Dict digestLength(int digestLength) {
    options.digestLength = digestLength;
    return this;
  }

  /**
   * Whether entries are written once and then neither changed nor removed; not unless set.
   *
   * @param immutableItems true if they are
   * @return these options
   */
  public S3Dict immutableItems(boolean immutableItems) {
    options.immutableItems = immutableItems;
    return this;
  }

  /**
   * Where copies of what is read are kept, so that it comes over the network once; nowhere unless
   * set. Any number of processes may share it, and it may be deleted at any time.
   *
   * <p>Of immutable items, copies are read without asking the server, unless there is a bound. So
   * delete the directory if items have come back as others: after the prefix was emptied and filled
   * anew, or after somebody opened it with a bound or as mutable.
   *
   * @param localDir created, when the dictionary is opened, if it is missing
   * @return these options
   */
  public S3Dict localDir(Path localDir) {
    this.localDir = localDir;
    return this;
  }

  /**
   * How large all copies in the local directory may be; 1 GiB unless set.
   *
   * @param localMaxBytes 1 or more
   * @return these options
   * @throws IllegalArgumentException if it is not positive
   */
  public S3Dict localMaxBytes(long localMaxBytes) {
    if (localMaxBytes <= 0) {
      throw new IllegalArgumentException(localMaxBytes + " bytes of copies; it must be positive");
    }
    this.localMaxBytes = localMaxBytes;
    return this;
  }

  /**
   * How many entries there are at most, of each format; those that were used least recently go
   * first, which in S3 are those that were written first. Any number unless set. It is kept by
   * those who open the dictionary with a bound.
   *
   * @param maxEntries 1 or more
   * @return these options
   * @throws IllegalArgumentException if it is not positive
   */
  public S3Dict maxEntries(long maxEntries) {
    options.limits = options.limits.withMaxEntries(maxEntries);
    return this;
  }

  /**
   * How many bytes all entries take at most, of each format, as the storage allocates them. Any
   * number unless set. An entry that is larger is refused.
   *
   * @param maxBytes 1 or more
   * @return these options
   * @throws IllegalArgumentException if it is not positive
   */
  public S3Dict maxBytes(long maxBytes) {
    options.limits = options.limits.withMaxBytes(maxBytes);
    return this;
  }

  /**
   * How often what killed writers left behind is removed, and the entries are counted; never unless
   * set.
   *
   * @param interval from one round to the next
   * @return these options
   * @throws IllegalArgumentException if it is not positive
   */
  public S3Dict purgeInterval(Duration interval) {
    options.limits = options.limits.withPurgeInterval(interval);
    return this;
  }

  /**
   * Opens the dictionary.
   *
   * @param <V> the values
   * @param type the class that all values are instances of
   * @return a dictionary to be closed
   * @throws IllegalArgumentException if an option is out of range or does not go with {@code type}
   * @throws io.persidict.store.StoreException as {@link S3Server#open}
   */
  public <V> PersiDict<V> open(Class<V> type) {
    return options.open(options.format, type, this::store);
  }

  /**
   * Opens one dictionary a format over the same prefix, with all other options in common.
   *
   * @param types the class of the values by format
   * @return dictionaries that are closed as one
   * @throws IllegalArgumentException if an option is out of range or does not go with its type
   * @throws io.persidict.store.StoreException as {@link S3Server#open}
   */
  public OverlappingMultiDict openAll(Map<String, ? extends Class<?>> types) {
    return options.openAll(types, this::store);
  }

  private Store store() {
    // An item that was evicted may come back as another one.
    boolean immutable = options.immutableItems && !options.limits.isBounded();
    Copies copies =
        localDir == null ? null : new Copies(new FileStore(localDir, Durability.OS), localMaxBytes);
    try {
      Store store = server.open(bucket, prefix, true);
      String place = server + " " + store + (immutable ? " immutable " : "");
      return copies == null ? store : new LocalCopies(store, copies, place, immutable, true);
    } catch (RuntimeException e) {
      if (copies != null) {
        copies.close();
      }
      throw e;
    }
  }

  /**
   * Opens a dictionary of objects again from its parameters, without local copies; a sub-dictionary
   * as one of its own, which closes all that it opened.
   *
   * @param <V> the values
   * @param parameters as {@link PersiDict#parameters} gave them
   * @param server where the bucket is, which is no parameter of a dictionary
   * @return a dictionary to be closed, without bounds
   * @throws IllegalArgumentException if the parameters are not those of a dictionary of objects
   * @throws io.persidict.store.StoreException as {@link S3Server#open}
   */
  public static <V> PersiDict<V> reopen(Parameters<V> parameters, S3Server server) {
    String url = parameters.baseUrl();
    if (!url.matches("s3://[^/]+/.*")) {
      throw new IllegalArgumentException(
          "base URL " + Credentials.hiddenIn(url) + " is no bucket's (s3://bucket/...)");
    }
    String[] place = url.substring("s3://".length()).split("/", 2);
    PersiDict<V> whole =
        at(server, place[0], place[1])
            .format(parameters.format())
            .digestLength(parameters.digestLength())
            .immutableItems(parameters.immutableItems())
            .open(parameters.type());
    return parameters.prefix().map(whole::subdictOfItsOwn).orElse(whole);
  }
}
