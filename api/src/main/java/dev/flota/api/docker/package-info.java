/**
 * The Docker Engine API's common ground: versions, routes, bodies, answers, filters. Each subject's
 * operations have a package of their own below this one.
 */
@NullMarked
package dev.flota.api.docker;

import org.jspecify.annotations.NullMarked;
