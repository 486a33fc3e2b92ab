package io.persidict.spring.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts the sample as a server, prints what its Actuator answers, and breaks its store. */
final class ActuatorProbe {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private ActuatorProbe() {}

  /**
   * @param arguments the directory of the caches
   */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    try (ConfigurableApplicationContext context =
        SpringApplication.run(
            SampleApplication.class,
            "--persidict.uri=" + directory.toUri(),
            "--server.port=0",
            "--management.endpoints.web.exposure.include=health,prometheus",
            "--management.endpoint.health.show-details=always")) {
      context.getBean(SampleApplication.Lexicon.class).define("durable");
      String actuator =
          "http://localhost:"
              + context.getEnvironment().getRequiredProperty("local.server.port")
              + "/actuator/";
      for (String path : List.of("health/persidict", "prometheus")) {
        System.out.println(get(actuator + path));
      }
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
      Files.createFile(directory);
      System.out.println(get(actuator + "health/persidict"));
    }
  }

  private static String get(String address) throws Exception {
    return CLIENT
        .send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
        .body();
  }
}
