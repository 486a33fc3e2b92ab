package io.persidict.cdi;

import java.lang.annotation.Annotation;
import java.util.List;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResult;

/** What both extensions tell the container, and what they refuse. */
final class Interception {
  /** The annotations of methods, which become interceptor bindings. */
  static final List<Class<? extends Annotation>> BINDINGS =
      List.of(CacheResult.class, CachePut.class, CacheRemove.class, CacheRemoveAll.class);

  /** The interceptors, and what these need. */
  static final List<Class<?>> BEANS =
      List.of(
          CachedMethods.class,
          CacheResultInterceptor.class,
          CachePutInterceptor.class,
          CacheRemoveInterceptor.class,
          CacheRemoveAllInterceptor.class);

  static final String SEVERAL =
      "it has several annotations of caches, of which a method can have one";
  static final String UNSEEN =
      "calls of private and static methods cannot be intercepted; make it neither";
  static final String FINAL_METHOD =
      "calls of final methods cannot be intercepted; make it non-final";
  static final String FINAL_CLASS =
      "calls of final classes cannot be intercepted; make the class non-final";
  static final String NO_RESULT = "it returns nothing that could be stored";
  static final String NO_VALUE = "exactly one of its parameters must be annotated with @CacheValue";

  private Interception() {}
}
