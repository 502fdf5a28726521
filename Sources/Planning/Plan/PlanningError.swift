import Quantities

/// What keeps a plan from being answered.
public typealias PlanningError = RoomFault<PlanningFaults>
/// Names the room.
public enum PlanningFaults {}

extension RoomFault<PlanningFaults>.Code {
  /// The traffic holds no values.
  public static var noData: Self { Self("no-data") }
  /// The moment asked for lies before the traffic begins.
  public static var nowBeforeHistory: Self { Self("now-before-history") }
  /// The plan has nothing that could be tuned.
  public static var nothingToTune: Self { Self("nothing-to-tune") }
}

extension RoomFault<PlanningFaults> {
  static func noData(_ source: String) -> Self {
    Self(.noData, "\(source) holds no values, only gaps.", remedy: "Choose another column, query or range.")
  }
  static func nothingToTune(_ message: String, _ remedy: String) -> Self {
    Self(.nothingToTune, message, remedy: remedy)
  }
  static func nowBeforeHistory(_ now: Timestamp, _ start: Timestamp) -> Self {
    Self(
      .nowBeforeHistory, "The history starts at \(start), after the moment \(now) that was asked for.",
      remedy: "Give a later --now.")
  }
}
