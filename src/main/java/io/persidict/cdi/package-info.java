/**
 * The annotations of JSR-107 ({@code javax.cache.annotation}) for beans of Jakarta CDI 4, on caches
 * of any provider.
 *
 * <p>{@link io.persidict.cdi.JCacheExtension} is found by the container as a portable extension:
 * with this library and a container on the class path, annotated methods of managed beans are
 * intercepted. Nothing is to be enabled in {@code beans.xml}.
 *
 * <p>May import {@code javax.cache}, the APIs of CDI, and {@code io.persidict.lease}.
 */
@NullMarked
package io.persidict.cdi;

import org.jspecify.annotations.NullMarked;
