/** What makes one fleet of many hosts, as far as it is HTTP: joining, and calls between daemons. */
@NullMarked
package dev.flota.api.fleet;

import org.jspecify.annotations.NullMarked;
