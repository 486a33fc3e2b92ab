package io.persidict.bench;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The same value in each format: a list of a hundred orders, as maps of basic values. Each call is
 * timed, so that there is a median, which hardly depends on what else the machine does.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Encodings {
  /** The value, and what it is in a format. */
  @State(Scope.Benchmark)
  public static class Encoded {
    @Param({
      "jser",
      "json",
      "cbor",
      "pkl",
      "jser+lz4",
      "jser+zstd",
      "json+lz4",
      "json+zstd",
      "cbor+lz4",
      "cbor+zstd"
    })
    String id;

    Format<Object> format;
    Object value;
    byte[] bytes;

    @Setup
    public void encode() {
      format = format(id);
      value = orders();
      bytes = format.encode(value);
    }
  }

  static Format<Object> format(String id) {
    return Formats.of(
        id, Object.class, new AllowList(List.of(), ""), Encodings.class.getClassLoader());
  }

  static List<Object> orders() {
    Random random = new Random(1);
    List<String> names = List.of("cup", "plate", "teapot", "spoon", "tablecloth, blue");
    List<Object> orders = new ArrayList<>();
    for (long i = 0; i < 100; i++) {
      Map<String, Object> order = new LinkedHashMap<>();
      order.put("id", 10_000 + i);
      order.put("item", names.get(random.nextInt(names.size())));
      order.put("price", random.nextInt(10_000) / 100.0);
      order.put("paid", random.nextBoolean());
      order.put("day", LocalDate.EPOCH.plusDays(random.nextInt(20_000)));
      orders.add(order);
    }
    return orders;
  }

  @Benchmark
  public byte[] encode(Encoded encoded) {
    return encoded.format.encode(encoded.value);
  }

  @Benchmark
  public Object decode(Encoded encoded) {
    return encoded.format.decode(encoded.bytes);
  }
}
