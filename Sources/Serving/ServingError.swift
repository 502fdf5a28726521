import Quantities

/// What went wrong in the room of service models, with a sentence that names the remedy.
public typealias ServingError = RoomFault<ServingFaults>
/// Names the room.
public enum ServingFaults {}

extension RoomFault<ServingFaults>.Code {
  /// A parameter is outside the range in which it means something.
  public static var invalidParameter: Self { Self("invalid-parameter") }
}
