import Quantities

/// What went wrong in the room of policies, with a sentence that names the remedy.
public typealias ScalingError = RoomFault<ScalingFaults>
/// Names the room.
public enum ScalingFaults {}

extension RoomFault<ScalingFaults>.Code {
  /// A parameter is outside the range in which it means something.
  public static var invalidParameter: Self { Self("invalid-parameter") }
  /// There is nothing to simulate.
  public static var emptyTrace: Self { Self("empty-trace") }
  /// A rate in the trace is not a finite number.
  public static var invalidRate: Self { Self("invalid-rate") }
}
