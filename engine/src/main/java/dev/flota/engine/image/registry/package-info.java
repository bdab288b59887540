/**
 * The registry client (OCI distribution-spec 1.1), one class for each endpoint behind {@link
 * dev.flota.engine.image.registry.RegistryClient}, which owns route, headers, credentials and error
 * texts.
 */
@NullMarked
package dev.flota.engine.image.registry;

import org.jspecify.annotations.NullMarked;
