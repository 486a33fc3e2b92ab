/**
 * Auto-configuration for Spring Boot 3.5 and 4: a cache manager from {@code persidict.*} in the
 * {@code Environment}, its health and its metrics.
 *
 * <p>Nothing here is active in an application without such settings. Spring, Boot and their
 * Actuator are optional; what the two versions of Boot have under different names is in small
 * classes of its own, of which only those are loaded that fit.
 *
 * <p>May import {@code jcache}, {@code micrometer}, {@code javax.cache} and Spring.
 */
@NullMarked
package io.persidict.spring;

import org.jspecify.annotations.NullMarked;
