package io.persidict.cli;

import io.persidict.store.DeleteResult;
import io.persidict.store.Precondition;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Removes entries. */
@Command(
    name = "rm",
    header = "Remove entries.",
    description =
        "Removes the entries of the KEYs. Exit status 1 if one of them was not there. Immutable"
            + " items are never removed.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RemoveCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "Where the entries lie.")
  private String store;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "KEY",
      description = "In a dictionary: segments with / between.")
  private List<String> keys;

  @Mixin private KeyOption keyOption;

  @Override
  public Integer call() {
    return Changes.in(store, arguments, false, null, this::remove);
  }

  private int remove(Contents contents) {
    if (contents.isImmutable()) {
      throw new Failure(
          Status.NO, "the items of the " + contents.title() + " are immutable; none was removed");
    }
    int status = Status.DONE;
    for (String key : keys) {
      KeyArgument wanted = keyOption.of(key);
      String name = contents.nameOf(wanted);
      if (contents.store().delete(name, Precondition.none()) != DeleteResult.Deleted.DELETED) {
        tool.say("there is no entry " + wanted + " in the " + contents.title());
        status = Status.NO;
      }
    }
    return status;
  }
}
