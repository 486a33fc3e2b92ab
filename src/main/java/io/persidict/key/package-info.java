/**
 * Keys of persistent dictionaries, and the names they have in a store.
 *
 * <p>May import {@code store} alone.
 */
@NullMarked
package io.persidict.key;

import org.jspecify.annotations.NullMarked;
