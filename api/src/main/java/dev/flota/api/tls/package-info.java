@NullMarked
package dev.flota.api.tls;

import org.jspecify.annotations.NullMarked;
