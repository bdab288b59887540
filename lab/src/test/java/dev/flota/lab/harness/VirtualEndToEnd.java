package dev.flota.lab.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that need a lab of two hosts in a virtual machine, emulated and so slow. Only the engines'
 * sockets are within reach. Their constructor may ask for the {@link FleetLab}.
 */
@Tag("vm")
@Timeout(value = 480, unit = TimeUnit.SECONDS)
@ExtendWith(FleetExtension.class)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface VirtualEndToEnd {}
