/// How a machine is held, and so what an hour of it costs.
public enum Lifecycle: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case onDemand = "on demand"
  /// Committed for one year: paid whether used or not.
  case reservedOneYear = "reserved 1y"
  /// Committed for three years: paid whether used or not.
  case reservedThreeYears = "reserved 3y"
  /// Spare capacity that the cloud may take back at short notice.
  case spot
  /// Running at full size beside the live fleet; costs as on demand.
  case standbyHot = "standby hot"
  /// Running at a part of the size (the pool's count says how much); costs as on demand.
  case standbyWarm = "standby warm"
  /// Not running until it is needed; costs nothing by the hour.
  case standbyCold = "standby cold"

  public var description: String { rawValue }
  /// Whether the hours are paid for even when nothing runs.
  public var isCommitted: Bool { self == .reservedOneYear || self == .reservedThreeYears }
  /// Whether the machines wait for a failure rather than serve.
  public var isStandby: Bool { self == .standbyHot || self == .standbyWarm || self == .standbyCold }
}
