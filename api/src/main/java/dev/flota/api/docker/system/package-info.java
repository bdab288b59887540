/** The daemon itself: ping, version, info, login, disk usage. */
@NullMarked
package dev.flota.api.docker.system;

import org.jspecify.annotations.NullMarked;
