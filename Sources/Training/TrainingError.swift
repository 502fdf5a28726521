import Quantities

/// What went wrong in the room of training, with a sentence that names the remedy.
public typealias TrainingError = RoomFault<TrainingFaults>
/// Names the room.
public enum TrainingFaults {}

extension RoomFault<TrainingFaults>.Code {
  /// A value is missing, not a number, or outside of the range in which it means something.
  public static var invalidValue: Self { Self("invalid-value") }
  /// A layout that cannot be: sizes that do not divide.
  public static var illegalLayout: Self { Self("illegal-layout") }
  /// A name that no catalog knows.
  public static var unknownName: Self { Self("unknown-name") }
  /// No layout fits or meets the target.
  public static var infeasible: Self { Self("infeasible") }
}
