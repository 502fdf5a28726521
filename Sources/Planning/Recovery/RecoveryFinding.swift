import Placing
import Quantities

/// What there is to say about recovery.
public enum RecoveryFinding: FindingFact, Hashable {
  /// The plan's posture recovers too late, or loses too much.
  case postureMisses(
    RecoveryPosture, time: Duration, dataLoss: Duration, dominant: String, instead: RecoveryPosture?)
  /// No posture meets the objectives.
  case noneMeets
  /// Regions whose evacuation was never rehearsed.
  case neverDrilled([String])

  public var code: String {
    switch self {
    case .postureMisses: "posture-misses"
    case .noneMeets: "no-posture-meets"
    case .neverDrilled: "never-drilled"
    }
  }
  public var severity: Finding.Severity {
    switch self {
    case .postureMisses, .noneMeets: .act
    case .neverDrilled: .change
    }
  }
}
