package io.persidict.format;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes one value as a pickle of protocol 4, in an order and with opcodes that any Python from 3.4
 * on reads. Shared values are written once for each place they stand in.
 */
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long parts;
  private long memory;
  private @Nullable Object whole;

  /**
   * @throws FormatException if a part of {@code value} is no basic value
   */
  byte[] write(Object value) {
    whole = value;
    out.write(Opcode.PROTO);
    out.write(4);
    value(value, 0, false);
    out.write(Opcode.STOP);
    return out.toByteArray();
  }

  /** How much memory reading it back takes, at most. */
  long memory() {
    return memory;
  }

  /**
   * Writes {@code value}; one that Python is to hash, as a key or in a set, with tuples for lists.
   */
  private void value(@Nullable Object value, int depth, boolean hashed) {
    if (depth > ValueCost.MAX_DEPTH) {
      throw new FormatException("nested deeper than " + ValueCost.MAX_DEPTH);
    }
    if (++parts == ValueCost.FREE_PARTS) {
      SharedParts.requireFew(whole);
    }
    if (out.size() > ValueCost.MAX_CONTENT) {
      throw new FormatException(
          "a pickle of more than " + ValueCost.MAX_CONTENT + " bytes, which would not be read");
    }
    memory += PickleMemory.SLOT + (value == null ? 0 : PickleMemory.of(value));
    if (value == null || (value == NullValue.NULL && depth == 0)) {
      out.write(Opcode.NONE);
    } else if (value instanceof Boolean truth) {
      out.write(truth ? Opcode.NEWTRUE : Opcode.NEWFALSE);
    } else if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      integer(((Number) value).longValue());
    } else if (value instanceof BigInteger number) {
      integer(number);
    } else if (value instanceof Double number) {
      out.write(Opcode.BINFLOAT);
      long bits = Double.doubleToRawLongBits(number);
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) (bits >> shift));
      }
    } else if (value instanceof String text) {
      text(text);
    } else if (value instanceof byte[] bytes) {
      counted(Opcode.SHORT_BINBYTES, Opcode.BINBYTES, bytes);
    } else if (value instanceof LocalDate date) {
      call("date", PythonTime.bytes(date), null);
    } else if (value instanceof LocalDateTime time) {
      call("datetime", PythonTime.bytes(time), null);
    } else if (value instanceof OffsetDateTime time) {
      call(
          "datetime", PythonTime.bytes(time.toLocalDateTime()), time.getOffset().getTotalSeconds());
    } else {
      container(value, depth, hashed);
    }
  }

  private void container(Object value, int depth, boolean hashed) {
    if (value instanceof List<?> list) {
      if (!hashed) {
        out.write(Opcode.EMPTY_LIST);
      }
      out.write(Opcode.MARK);
      list.forEach(element -> value(element, depth + 1, hashed));
      out.write(hashed ? Opcode.TUPLE : Opcode.APPENDS);
    } else if (hashed) {
      throw new FormatException(
          "a "
              + value.getClass().getName()
              + " in a set or as a key, where Python takes none, or none that is read back");
    } else if (value instanceof Map<?, ?> map) {
      out.write(Opcode.EMPTY_DICT);
      out.write(Opcode.MARK);
      PythonKeys keys = new PythonKeys();
      map.forEach(
          (key, member) -> {
            memory += PickleMemory.ENTRY;
            value(key, depth + 1, true);
            keys.add(key);
            value(member, depth + 1, false);
          });
      out.write(Opcode.SETITEMS);
    } else if (value instanceof Set<?> set) {
      out.write(Opcode.EMPTY_SET);
      out.write(Opcode.MARK);
      PythonKeys keys = new PythonKeys();
      set.forEach(
          element -> {
            memory += PickleMemory.ENTRY;
            value(element, depth + 1, true);
            keys.add(element);
          });
      out.write(Opcode.ADDITEMS);
    } else {
      throw new FormatException(
          value.getClass().getName()
              + " is none of the basic types that a pickle holds here: Boolean, Long, BigInteger,"
              + " Double, String, byte[], List, Map, Set, LocalDate, LocalDateTime,"
              + " OffsetDateTime");
    }
  }

  private void integer(long number) {
    if (number == (int) number) {
      out.write(Opcode.BININT);
      word((int) number);
    } else {
      integer(BigInteger.valueOf(number));
    }
  }

  private void integer(BigInteger number) {
    byte[] bytes = number.toByteArray();
    for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
      byte low = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = low;
    }
    counted(Opcode.LONG1, Opcode.LONG4, bytes);
  }

  private void text(String text) {
    counted(Opcode.SHORT_BINUNICODE, Opcode.BINUNICODE, PythonText.encode(text));
  }

  private void counted(int shortForm, int longForm, byte[] bytes) {
    if (bytes.length < 256) {
      out.write(shortForm);
      out.write(bytes.length);
    } else {
      out.write(longForm);
      word(bytes.length);
    }
    out.writeBytes(bytes);
  }

  private void word(int word) {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(word >> shift);
    }
  }

  /** Has Python make a date or a time of {@code bytes} and, if it has one, its offset. */
  private void call(String type, byte[] bytes, @Nullable Integer offset) {
    global(type);
    counted(Opcode.SHORT_BINBYTES, Opcode.BINBYTES, bytes);
    if (offset != null) {
      global("timezone");
      global("timedelta");
      integer(Math.floorDiv(offset, 86_400));
      integer(Math.floorMod(offset, 86_400));
      integer(0);
      out.write(Opcode.TUPLE3);
      out.write(Opcode.REDUCE);
      out.write(Opcode.TUPLE1);
      out.write(Opcode.REDUCE);
      memory += 10 * 80;
    }
    out.write(offset == null ? Opcode.TUPLE1 : Opcode.TUPLE2);
    out.write(Opcode.REDUCE);
    memory += 5 * 80;
  }

  private void global(String type) {
    for (String name : Arrays.asList("datetime", type)) {
      out.write(Opcode.SHORT_BINUNICODE);
      out.write(name.length());
      out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    }
    out.write(Opcode.STACK_GLOBAL);
  }
}
