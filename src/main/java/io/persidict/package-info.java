/**
 * Persistent dictionaries: keys and values in a shared store, with conditional operations.
 *
 * <p>Start with {@link io.persidict.FileDirDict}. May import {@code key}, {@code format} and {@code
 * store}.
 */
@NullMarked
package io.persidict;

import org.jspecify.annotations.NullMarked;
