/**
 * What stands before a store to save it work: values in memory, held by Caffeine, and {@linkplain
 * io.persidict.tier.LocalCopies copies} of bytes on the local disk.
 *
 * <p>Imports {@code store} and Caffeine, which is optional and which no other package imports.
 */
@NullMarked
package io.persidict.tier;

import org.jspecify.annotations.NullMarked;
