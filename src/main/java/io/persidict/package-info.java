/**
 * Persistent dictionaries: keys and values in a shared store, with conditional operations.
 *
 * <p>Start with {@link io.persidict.FileDirDict} or {@link io.persidict.S3Dict}. May import {@code
 * key}, {@code format}, {@code tier}, {@code maintenance} and {@code store}.
 */
@NullMarked
package io.persidict;

import org.jspecify.annotations.NullMarked;
