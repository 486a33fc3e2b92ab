/**
 * Values to bytes and back, by the name of a format: {@code json}, {@code cbor}, {@code pkl},
 * {@code jser}, that of a {@link io.persidict.format.FormatProvider} of somebody else's and, for
 * any other name, text; each of these compressed where {@code +lz4} or {@code +zstd} follows.
 *
 * <p>Stored bytes are not trusted: decoding is bounded in depth and size and instantiates no class
 * outside an allow-list. May import nothing of this library.
 */
@NullMarked
package io.persidict.format;

import org.jspecify.annotations.NullMarked;
