package dev.flota.engine.runtime;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Needs root and a host of its own with conmon, crun, runc, a static busybox and a file system that
 * overlayfs takes as an upper layer at {@code FLOTA_HOST_DIR}: a lab host.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("host")
@EnabledIfEnvironmentVariable(named = "FLOTA_HOST_DIR", matches = ".+")
@interface HostTest {}
