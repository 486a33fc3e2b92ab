/**
 * One object an entry below a prefix of an S3 bucket, shared by any number of machines.
 *
 * <p>{@link io.persidict.store.s3.S3Server} says how a server is reached and opens a {@link
 * io.persidict.store.s3.S3Store}. This package alone imports the AWS SDK, and may import {@code
 * store} and {@code metrics}.
 *
 * <pre>
 * s3://bucket/prefix/a/b/name.json   the entry "a/b/name.json", or a tombstone in its place
 * </pre>
 */
@NullMarked
package io.persidict.store.s3;

import org.jspecify.annotations.NullMarked;
