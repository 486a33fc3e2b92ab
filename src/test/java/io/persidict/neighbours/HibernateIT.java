package io.persidict.neighbours;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.neighbours.Author.Genre;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Properties;
import org.hibernate.KeyType;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.stat.Statistics;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hibernate's second-level cache, through its own module for JCache. */
final class HibernateIT {
  @TempDir Path directory;
  private Path caches;

  @BeforeEach
  void makeTables() throws Exception {
    caches = directory.resolve("caches.properties");
    Properties settings = new Properties();
    settings.setProperty("persidict.uri", directory.resolve("caches").toUri().toString());
    settings.setProperty("persidict.serial-filter", Genre.class.getName());
    try (OutputStream out = Files.newOutputStream(caches)) {
      settings.store(out, null);
    }
    try (SessionFactory factory = open("create")) {
      factory.inTransaction(HibernateIT::persist);
    }
  }

  /** A session factory as an application's next start would have it. */
  private SessionFactory open(String tables) {
    return new Configuration()
        .addAnnotatedClass(Author.class)
        .addAnnotatedClass(Book.class)
        .addAnnotatedClass(Edition.class)
        .setProperty("hibernate.connection.url", "jdbc:h2:" + directory.resolve("database"))
        .setProperty("hibernate.hbm2ddl.auto", tables)
        .setProperty("hibernate.generate_statistics", "true")
        .setProperty("hibernate.cache.use_query_cache", "true")
        .setProperty("hibernate.cache.region.factory_class", "jcache")
        .setProperty("hibernate.javax.cache.missing_cache_strategy", "create")
        .setProperty("hibernate.javax.cache.uri", caches.toUri().toString())
        .buildSessionFactory();
  }

  private static void persist(Session session) {
    Author author = new Author();
    author.id = 1L;
    author.name = "Ada";
    author.born = LocalDate.of(1815, 12, 10);
    author.royalties = new BigDecimal("12.50");
    author.genre = Genre.POEM;
    session.persist(author);
    for (String title : List.of("First", "Second")) {
      Book book = new Book();
      book.isbn = "isbn-" + title;
      book.title = title;
      book.author = author;
      session.persist(book);
    }
    Edition edition = new Edition();
    edition.id = new Edition.Id("isbn-First", 2);
    edition.remark = "revised";
    session.persist(edition);
  }

  private static void read(Session session) {
    Author author = session.find(Author.class, 1L);
    assertThat(author.name).isEqualTo("Ada");
    assertThat(author.born).isEqualTo(LocalDate.of(1815, 12, 10));
    assertThat(author.royalties).isEqualByComparingTo("12.50");
    assertThat(author.genre).isEqualTo(Genre.POEM);
    assertThat(author.books).extracting(book -> book.title).containsExactly("First", "Second");
    assertThat(session.find(Edition.class, new Edition.Id("isbn-First", 2)).remark)
        .isEqualTo("revised");
  }

  private static List<String> titles(Session session) {
    return session
        .createSelectionQuery(
            "from Book b where b.author.name = :name and b.title like :title order by b.title",
            Book.class)
        .setParameter("name", "Ada")
        .setParameter("title", "%")
        .setMaxResults(10)
        .setCacheable(true)
        .list()
        .stream()
        .map(book -> book.title)
        .toList();
  }

  private static Author byName(Session session) {
    return session.find(Author.class, "Ada", KeyType.NATURAL);
  }

  @Test
  void entitiesCollectionsAndQueriesAreFoundAfterARestart() {
    try (SessionFactory factory = open("none")) {
      factory.inTransaction(HibernateIT::read);
      factory.inTransaction(session -> assertThat(titles(session)).hasSize(2));
      factory.inTransaction(session -> assertThat(byName(session).id).isEqualTo(1));
      assertThat(factory.getStatistics().getPrepareStatementCount()).isPositive();
    }
    try (SessionFactory factory = open("none")) {
      factory.inTransaction(HibernateIT::read);
      factory.inTransaction(
          session -> assertThat(titles(session)).containsExactly("First", "Second"));
      factory.inTransaction(session -> assertThat(byName(session).id).isEqualTo(1));

      Statistics statistics = factory.getStatistics();
      assertThat(statistics.getPrepareStatementCount()).as("no SQL").isZero();
      assertThat(statistics.getQueryCacheHitCount()).isEqualTo(1);
      assertThat(statistics.getNaturalIdCacheHitCount()).isEqualTo(1);
      assertThat(statistics.getSecondLevelCacheMissCount()).isZero();
    }
  }

  @Test
  void changesAreFoundAfterARestart() {
    try (SessionFactory factory = open("none")) {
      factory.inTransaction(HibernateIT::read);
      factory.inTransaction(session -> assertThat(titles(session)).hasSize(2));
      factory.inTransaction(session -> session.find(Author.class, 1L).genre = Genre.NOVEL);
      factory.inTransaction(session -> session.find(Book.class, "isbn-First").title = "Changed");
      factory.inTransaction(
          session -> assertThat(session.find(Author.class, 1L).genre).isEqualTo(Genre.NOVEL));
    }
    try (SessionFactory factory = open("none")) {
      factory.inTransaction(
          session -> assertThat(session.find(Author.class, 1L).genre).isEqualTo(Genre.NOVEL));
      assertThat(factory.getStatistics().getPrepareStatementCount()).as("no SQL").isZero();
      factory.inTransaction(
          session -> assertThat(titles(session)).containsExactly("Changed", "Second"));
    }
  }
}
