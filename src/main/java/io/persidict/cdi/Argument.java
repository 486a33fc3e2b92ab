package io.persidict.cdi;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Set;
import javax.cache.annotation.CacheInvocationParameter;
import org.jspecify.annotations.Nullable;

/** A parameter of a call, with its value. */
record Argument(Parameter parameter, int position, @Nullable Object value)
    implements CacheInvocationParameter {

  static Argument[] of(Method method, @Nullable Object[] values) {
    Parameter[] parameters = method.getParameters();
    Argument[] arguments = new Argument[parameters.length];
    for (int i = 0; i < parameters.length; i++) {
      arguments[i] = new Argument(parameters[i], i, values[i]);
    }
    return arguments;
  }

  @Override
  public Class<?> getRawType() {
    return parameter.getType();
  }

  @Override
  public @Nullable Object getValue() {
    return value;
  }

  @Override
  public Set<Annotation> getAnnotations() {
    return Set.of(parameter.getAnnotations());
  }

  @Override
  public int getParameterPosition() {
    return position;
  }

  boolean has(Class<? extends Annotation> annotation) {
    return parameter.isAnnotationPresent(annotation);
  }
}
