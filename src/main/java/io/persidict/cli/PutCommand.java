package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Stores one value. */
@Command(
    name = "put",
    header = "Store a value.",
    description = {
      "Stores VALUE, or what standard input has, under KEY: a string, or what its JSON says.",
      "An entry of a cache that is put here never expires unless --ttl says so: the cache's own"
          + " expiry policy is known to the programs that use it alone. Immutable items are never"
          + " replaced. A dictionary that does not exist is made if --format is given."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PutCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "Where the entry lies.")
  private String store;

  @Parameters(
      index = "1",
      paramLabel = "KEY",
      description = "In a dictionary: segments with / between.")
  private String key;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "VALUE",
      description = "What to store; unless given, all of standard input.")
  private @Nullable String value;

  @Mixin private KeyOption keyOption;

  @Option(names = "--json", description = "VALUE is JSON, and what it says is stored.")
  private boolean json;

  @Option(names = "--ttl", paramLabel = "D", description = "When it expires: 90s, 1h30m, 7d.")
  private @Nullable Duration ttl;

  @Option(names = "--if-absent", description = "Exit status 1 if there is an entry already.")
  private boolean ifAbsent;

  @Override
  public Integer call() {
    Object parsed = parsed();
    KeyArgument wanted = keyOption.of(key);
    if (arguments.format != null) {
      DictContents.parts(wanted); // before a directory is made for it
    }
    String lifetime = ttl == null ? "eternal" : ttl.toString();
    return Changes.in(store, arguments, true, lifetime, contents -> put(contents, wanted, parsed));
  }

  private int put(Contents contents, KeyArgument wanted, Object parsed) {
    Instant expires = ttl == null ? null : Instant.now().plus(ttl);
    String name = contents.nameOf(wanted);
    byte[] bytes = contents.encoded(wanted, name, parsed, expires);
    while (true) {
      Precondition precondition = Precondition.none();
      if (ifAbsent || contents.isImmutable()) {
        precondition = Precondition.absent();
      }
      if (contents.store().put(name, bytes, precondition) instanceof PutResult.Written) {
        return Status.DONE;
      }
      Entry there = contents.read(name).orElse(null);
      if (there != null && there.isNoneAt(Instant.now()) && there.stat() != null) {
        if (contents.store().put(name, bytes, Precondition.matches(there.stat().etag()))
            instanceof PutResult.Written) {
          return Status.DONE;
        }
      } else if (there != null) {
        throw new Failure(
            Status.NO,
            "there is an entry "
                + wanted
                + " in the "
                + contents.title()
                + (ifAbsent ? "" : ", whose items are immutable"));
      }
    }
  }

  private Object parsed() {
    String text = value != null ? value : standardInput();
    return json ? Contents.formatOf("json").value(text.getBytes(UTF_8)) : text;
  }

  private String standardInput() {
    try {
      byte[] bytes = tool.in().readAllBytes();
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Failure(Status.USAGE, "standard input is not UTF-8 text");
    } catch (IOException e) {
      throw new Failure(Status.FAULT, "cannot read standard input: " + e.getMessage());
    }
  }
}
