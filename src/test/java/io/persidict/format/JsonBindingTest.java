package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON, and its binary form CBOR, of classes that Jackson binds values to. */
final class JsonBindingTest {
  record Person(String name, int age) {}

  /** Like a {@code List<Person>}, for which there is no class. */
  record People(@JsonValue List<Person> list) {
    @JsonCreator
    People {}
  }

  record Times(
      Instant instant, LocalDate day, ZonedDateTime zoned, Duration length, ZoneId zone, UUID id) {}

  record Parts(
      Optional<Person> one, Map<String, List<Person>> many, EnumMap<TimeUnit, Integer> counts) {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
  sealed interface Shape {}

  record Circle(double radius) implements Shape {}

  record Square(double side, List<Shape> within) implements Shape {}

  static final class Persons extends TreeMap<String, Person> {
    private static final long serialVersionUID = 1L;
  }

  static final class Group extends ArrayList<Person> {
    private static final long serialVersionUID = 1L;
  }

  @SuppressWarnings("unchecked") // a value of its own class
  private static <V> Format<V> format(
      String id, V value, Class<?> type, boolean refusesUnknownMembers) {
    return (Format<V>)
        Formats.of(
            id,
            new FormatContext<>(
                type,
                new AllowList(List.of(), ""),
                JsonBindingTest.class.getClassLoader(),
                refusesUnknownMembers));
  }

  private static <V> List<Format<V>> formats(V value, Class<?> type) {
    return List.of(
        format("json", value, type, false),
        format("json", value, type, true),
        format("cbor", value, type, false),
        format("cbor", value, type, true));
  }

  static Stream<Object[]> bound() {
    Person person = new Person("Ann", 7);
    Persons persons = new Persons();
    persons.put("a", person);
    Group group = new Group();
    group.add(person);
    return Stream.of(
        new Object[] {Person.class, person},
        new Object[] {Person[].class, new Person[] {person, person}},
        new Object[] {People.class, new People(List.of(person, new Person("Bob", 8)))},
        new Object[] {Persons.class, persons},
        new Object[] {Group.class, group},
        new Object[] {
          Times.class,
          new Times(
              Instant.parse("2026-01-02T03:04:05.123456789Z"),
              LocalDate.EPOCH,
              ZonedDateTime.parse("2026-01-02T03:04:05Z"),
              Duration.ofNanos(7),
              ZoneId.of("Europe/Berlin"),
              new UUID(1, 2))
        },
        new Object[] {
          Parts.class,
          new Parts(
              Optional.of(person),
              Map.of("x", List.of(person)),
              new EnumMap<>(Map.of(TimeUnit.DAYS, 1)))
        },
        new Object[] {Shape.class, new Square(1, List.of(new Circle(2), new Square(3, List.of())))},
        new Object[] {Shape.class, new Circle(2)});
  }

  @ParameterizedTest
  @MethodSource("bound")
  void comesBackAsItWas(Class<?> type, Object value) {
    for (Format<Object> format : formats(value, type)) {
      assertThat(format.decode(format.encode(value))).isEqualTo(value);
    }
  }

  // ---- what could not be read

  static final class WithoutConstructor {
    public final int x;

    WithoutConstructor(int x, int y) {
      this.x = x + y;
    }
  }

  record Holder(WithoutConstructor within) {}

  record OfAny(Comparable<?> any) {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
  interface Open {}

  record Unregistered(int x) implements Open {}

  static final class NullText {
    @JsonValue
    public String text() {
      return null;
    }
  }

  static Stream<Object> unreadable() {
    return Stream.of(
        new WithoutConstructor(1, 2),
        new Holder(new WithoutConstructor(1, 2)),
        new Object() {
          public int getX() {
            return 1;
          }
        },
        new NullText());
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void isRefusedWhenItIsWrittenIfItCouldNotBeRead(Object value) {
    for (Format<Object> format : formats(value, value.getClass())) {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.encode(value))
          .withMessageContaining(value.getClass().getName())
          .withMessageContaining("cannot be read");
    }
  }

  @Test
  void isRefusedIfItsClassIsNotKnownByItsName() {
    Open value = new Unregistered(1);
    for (Format<Open> format : formats(value, Open.class)) {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.encode(value))
          .withMessageContaining("cannot be read");
    }
  }

  @Test
  void dependsOnTheValueNotOnTheClassAlone() {
    OfAny readable = new OfAny(null);
    Format<OfAny> format = format("json", readable, OfAny.class, false);
    assertThat(format.decode(format.encode(readable))).isEqualTo(readable);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(new OfAny(new UUID(1, 2))))
        .withMessageContaining("cannot be read");
    assertThat(new String(format.encode(readable), UTF_8)).contains("null");
  }

  static class Animal {
    public String name = "";

    @Override
    public boolean equals(Object other) {
      return other instanceof Animal animal
          && getClass() == other.getClass()
          && name.equals(animal.name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }
  }

  static final class Dog extends Animal {
    public int age;
  }

  @Test
  void aSubclassThatWouldBecomeItsSuperclassIsRefused() {
    for (String id : List.of("json", "cbor")) {
      Format<Animal> format = format(id, new Animal(), Animal.class, false);
      assertThat(format.decode(format.encode(new Animal()))).isEqualTo(new Animal());
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.encode(new Dog()))
          .withMessageContaining("Dog would be read as a io.persidict")
          .withMessageContaining("@JsonTypeInfo");
    }
  }

  // ---- classes that change

  record Before(String name, int age, List<String> gone) {}

  record After(String name, Integer age, @Nullable String added) {}

  static final class Keeping {
    public String name = "";
    private final Map<String, Object> others = new TreeMap<>();

    @JsonAnySetter
    void other(String name, Object value) {
      others.put(name, value);
    }

    @JsonAnyGetter
    Map<String, Object> others() {
      return others;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "cbor", "json+lz4", "cbor+zstd"})
  void unknownMembersAreIgnoredOrRefusedOrKept(String id) {
    Before before = new Before("Ann", 7, List.of("x"));
    byte[] stored = format(id, before, Before.class, false).encode(before);
    After after = new After("Ann", 7, null);
    assertThat(format(id, after, After.class, false).decode(stored)).isEqualTo(after);
    Format<After> refusing = format(id, after, After.class, true);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> refusing.decode(stored))
        .withMessageContaining("gone");
    assertThat(refusing.decode(refusing.encode(after))).isEqualTo(after);

    Format<Keeping> keeping = format(id, new Keeping(), Keeping.class, true);
    byte[] again = keeping.encode(keeping.decode(stored));
    assertThat(format(id, before, Before.class, true).decode(again)).isEqualTo(before);
  }
}
