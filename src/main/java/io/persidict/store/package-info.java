/**
 * The narrow waist: bytes under names, each version with an ETag.
 *
 * <p>A backend implements {@link io.persidict.store.Store}; everything above sees only that. May
 * import nothing of this library.
 */
@NullMarked
package io.persidict.store;

import org.jspecify.annotations.NullMarked;
