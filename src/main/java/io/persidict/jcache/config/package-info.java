/**
 * What a manager and its caches are set to: {@link io.persidict.jcache.config.Settings} from
 * properties and configuration files, and what a manager's URI stands for.
 *
 * <p>Internal: public only for the neighbour packages. May import {@code key} and {@code store}.
 */
@NullMarked
package io.persidict.jcache.config;

import org.jspecify.annotations.NullMarked;
