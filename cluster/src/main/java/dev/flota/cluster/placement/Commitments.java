package dev.flota.cluster.placement;

/**
 * What a host's containers take of it, whether they run or only may: those that are created,
 * running, paused or restarting.
 *
 * @param reserved the sum of their reservations
 * @param weight the sum of what each counts for when hosts are compared: its reservation, or what
 *     one without surely uses
 * @param containers how many they are
 */
public record Commitments(Reservation reserved, Reservation weight, int containers) {
  /** No containers. */
  public static final Commitments NONE = new Commitments(Reservation.NONE, Reservation.NONE, 0);

  /** With one container more. */
  public Commitments with(Reservation container) {
    return new Commitments(
        reserved.plus(container), weight.plus(container.weight()), containers + 1);
  }
}
