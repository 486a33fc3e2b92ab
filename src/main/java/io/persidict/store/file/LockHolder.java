package io.persidict.store.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells which process holds a byte of a file, as far as the operating system says. */
final class LockHolder {
  private static final Path LOCKS = Path.of("/proc/locks");

  private LockHolder() {}

  /** The holder in words. */
  static String describe(@Nullable Object fileKey, int position) {
    try {
      for (String line : fileKey == null ? List.<String>of() : Files.readAllLines(LOCKS)) {
        // 1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 17 17
        String[] words = line.split("\\s+", -1);
        if (words.length == 8
            && words[1].equals("POSIX")
            && words[5].endsWith(":" + Attributes.inode(fileKey))
            && Long.parseLong(words[6]) <= position
            && (words[7].equals("EOF") || Long.parseLong(words[7]) >= position)) {
          return process(Long.parseLong(words[4]));
        }
      }
    } catch (IOException | NumberFormatException e) {
      // no Linux, or no permission
    }
    return "another process";
  }

  private static String process(long pid) {
    if (pid == ProcessHandle.current().pid()) {
      return "this process";
    }
    String command =
        ProcessHandle.of(pid).flatMap(found -> found.info().command()).orElse("unknown command");
    return "process " + pid + " (" + command + (isStopped(pid) ? ", stopped)" : ")");
  }

  private static boolean isStopped(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      // the state follows the name, which may hold anything, in parentheses
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state == 'T' || state == 't';
    } catch (IOException | IndexOutOfBoundsException e) {
      return false;
    }
  }
}
