import Quantities
import Serving

/// What keeps a plan from being answered.
public typealias PlanningError = RoomFault<PlanningFaults>
/// Names the room.
public enum PlanningFaults {}

extension RoomFault<PlanningFaults>.Code {
  /// The traffic holds no values.
  public static var noData: Self { Self("no-data") }
  /// The moment asked for lies before the traffic begins.
  public static var nowBeforeHistory: Self { Self("now-before-history") }
  /// The plan asks for what no fleet can have: a unit is wrong somewhere.
  public static var implausible: Self { Self("implausible") }
  /// The plan has nothing that could be tuned.
  public static var nothingToTune: Self { Self("nothing-to-tune") }
}

extension RoomFault<PlanningFaults> {
  static func noData(_ source: String) -> Self {
    Self(.noData, "\(source) holds no values, only gaps.", remedy: "Choose another column, query or range.")
  }
  /// A fleet beyond counting is never clamped in silence: the traffic or the capacity is not in the unit that it says.
  static func implausible(_ sizing: Sizing) -> Self? {
    guard !sizing.provisioned.perSecond.isFinite || sizing.replicas >= ServiceCapacity.most else { return nil }
    return Self(
      .implausible,
      "A provisioned rate of \(sizing.provisioned.formatted()) at \(sizing.capacityPerReplica.formatted()) a replica asks for "
        + "more than a billion replicas.",
      remedy: "Check the units of the traffic, of growth and events, and of 'capacity'.")
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
