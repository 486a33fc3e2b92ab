/**
 * Keys of persistent dictionaries, the names they have in a store, and objects of any class as
 * keys.
 *
 * <p>May import {@code store} and {@code format}.
 */
@NullMarked
package io.persidict.key;

import org.jspecify.annotations.NullMarked;
