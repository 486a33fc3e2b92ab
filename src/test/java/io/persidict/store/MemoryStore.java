package io.persidict.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A store in memory: the contract in its smallest form. Listings come in a hash table's order. */
public final class MemoryStore implements Store {
  private final Map<String, GetResult.Found> versions = new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();
  private volatile boolean closed;

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    GetResult.Found found = versions.get(checked(name));
    if (found == null) {
      return GetResult.Absent.ABSENT;
    }
    return ifNoneMatch.isPresent() && ifNoneMatch.get().equals(found.stat().etag())
        ? GetResult.NotModified.NOT_MODIFIED
        : new GetResult.Found(found.bytes().clone(), found.stat());
  }

  @Override
  public Optional<Stat> stat(String name) {
    return Optional.ofNullable(versions.get(checked(name))).map(GetResult.Found::stat);
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return put(name, bytes, precondition, Instant.now());
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition, Instant lastModified) {
    PutResult[] result = new PutResult[1];
    versions.compute(
        checked(name),
        (same, current) -> {
          Optional<ETag> actual = Optional.ofNullable(current).map(found -> found.stat().etag());
          if (!holds(precondition, actual)) {
            result[0] = new PutResult.Lost(actual);
            return current;
          }
          ETag etag = new ETag("v" + count.incrementAndGet());
          result[0] = new PutResult.Written(etag);
          return new GetResult.Found(bytes.clone(), new Stat(bytes.length, lastModified, etag));
        });
    return result[0];
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    DeleteResult[] result = {DeleteResult.WasAbsent.WAS_ABSENT};
    versions.computeIfPresent(
        checked(name),
        (same, current) -> {
          ETag etag = current.stat().etag();
          boolean holds = holds(precondition, Optional.of(etag));
          result[0] = holds ? DeleteResult.Deleted.DELETED : new DeleteResult.Lost(etag);
          return holds ? null : current;
        });
    return result[0];
  }

  private static boolean holds(Precondition precondition, Optional<ETag> actual) {
    return switch (precondition.getClass().getSimpleName()) {
      case "None" -> true;
      case "Absent" -> actual.isEmpty();
      default -> actual.equals(Optional.of(((Precondition.Matches) precondition).etag()));
    };
  }

  @Override
  public Stream<Listed> list(String prefix) {
    Names.requirePrefix(prefix);
    checkOpen();
    List<Listed> listed = new ArrayList<>();
    versions.forEach(
        (name, found) -> {
          if (name.startsWith(prefix)) {
            listed.add(new Listed(name, found.stat()));
          }
        });
    return listed.stream();
  }

  @Override
  public void close() {
    closed = true;
  }

  private String checked(String name) {
    checkOpen();
    return Names.requireName(name);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("store is closed");
    }
  }
}
