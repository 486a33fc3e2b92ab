package io.persidict.format;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Python's dates and times as the bytes that its {@code datetime} module reduces them to: the year
 * (two bytes, the higher one first), month and day; of a {@code datetime} also hour, minute, second
 * and microseconds (three bytes). The month's highest bit is the fold of an hour that occurs twice,
 * for which java.time has no place: it is dropped.
 *
 * @see <a href="https://docs.python.org/3/library/datetime.html">datetime</a>
 */
final class PythonTime {
  private static final int DATE = 4;
  private static final int DATE_TIME = 10;

  private PythonTime() {}

  static LocalDate date(byte[] bytes) {
    requireLength(bytes, DATE);
    return read(ByteBuffer.wrap(bytes));
  }

  static LocalDateTime dateTime(byte[] bytes) {
    requireLength(bytes, DATE_TIME);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    LocalDate date = read(in);
    try {
      int hour = in.get();
      int minute = in.get();
      int second = in.get();
      int micros = (in.get() & 0xff) << 16 | (in.getShort() & 0xffff);
      return date.atTime(hour, minute, second, micros * 1000);
    } catch (DateTimeException e) {
      throw new FormatException("it holds an impossible time", e);
    }
  }

  private static LocalDate read(ByteBuffer in) {
    try {
      return LocalDate.of(in.getShort(), in.get() & 0x7f, in.get());
    } catch (DateTimeException e) {
      throw new FormatException("it holds an impossible date", e);
    }
  }

  private static void requireLength(byte[] bytes, int length) {
    if (bytes.length != length) {
      throw new FormatException(
          "it holds a date or time of " + bytes.length + " bytes, not " + length);
    }
  }

  /** The offset that a {@code timezone} of this {@code timedelta} has. */
  static ZoneOffset offset(long days, long seconds, long micros) {
    try {
      long total = Math.addExact(Math.multiplyExact(days, 86_400L), seconds);
      if (micros == 0) {
        return ZoneOffset.ofTotalSeconds(Math.toIntExact(total));
      }
    } catch (DateTimeException | ArithmeticException e) {
      // refused below
    }
    throw new FormatException(
        "it holds a time with an offset that is no whole number of seconds up to 18 hours");
  }

  static byte[] bytes(LocalDate date) {
    return write(ByteBuffer.allocate(DATE), date).array();
  }

  static byte[] bytes(LocalDateTime time) {
    int micros = time.getNano() / 1000;
    if (micros * 1000 != time.getNano()) {
      throw new FormatException(
          time + " has nanoseconds, which Python's datetime has not; truncate it to microseconds");
    }
    return write(ByteBuffer.allocate(DATE_TIME), time.toLocalDate())
        .put((byte) time.getHour())
        .put((byte) time.getMinute())
        .put((byte) time.getSecond())
        .put((byte) (micros >> 16))
        .putShort((short) micros)
        .array();
  }

  private static ByteBuffer write(ByteBuffer out, LocalDate date) {
    if (date.getYear() < 1 || date.getYear() > 9999) {
      throw new FormatException(date + " is outside the years 1 to 9999, all that Python has");
    }
    return out.putShort((short) date.getYear())
        .put((byte) date.getMonthValue())
        .put((byte) date.getDayOfMonth());
  }
}
