package dev.flota.cluster.container;

import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import dev.flota.cluster.follow.Said;

/**
 * Bytes of an attached terminal or process.
 *
 * @param tty raw bytes; otherwise Docker's 8-byte frames
 * @param flow client's input to output for the client, already framed
 */
public record Session(boolean tty, Flow<ByteString, Said, NotUsed> flow) {}
