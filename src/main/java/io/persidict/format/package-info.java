/**
 * Values to bytes and back, by the extension of their files: {@code json}, {@code pkl}, {@code
 * jser} and, for any other extension, text.
 *
 * <p>Stored bytes are not trusted: decoding is bounded in depth and size and instantiates no class
 * outside an allow-list. May import nothing of this library.
 */
@NullMarked
package io.persidict.format;

import org.jspecify.annotations.NullMarked;
