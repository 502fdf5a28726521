/// What a search for better settings of the policy comes to.
public enum TuningFinding: FindingFact, Hashable {
  /// Other settings are better.
  case settingsCanImprove(Comparison)
  /// The present ones are as good as any that were tried.
  case settingsAreGood(Comparison)
  /// None that were tried meet the objective with confidence.
  case settingsDoNotSuffice(Comparison)

  /// The chosen settings beside the present ones, judged on weeks that the search never saw.
  public struct Comparison: Hashable, Sendable {
    /// The policy in a few words.
    public var policy: String
    /// The settings to change.
    public var changes: [Tuning.Setting]
    public var chosen: TunedPoint
    public var current: TunedPoint
    /// Whether the points' cost is money; replica-hours where no price is known.
    public var isPriced: Bool

    /// - Parameter isPriced: whether the points' cost is money rather than replica-hours.
    public init(
      policy: String, changes: [Tuning.Setting], chosen: TunedPoint, current: TunedPoint, isPriced: Bool
    ) {
      self.policy = policy
      self.changes = changes
      self.chosen = chosen
      self.current = current
      self.isPriced = isPriced
    }
  }

  init(_ tuning: Tuning) {
    let comparison = Comparison(
      policy: tuning.title, changes: tuning.settings.filter(\.isChanged), chosen: tuning.chosen,
      current: tuning.current, isPriced: tuning.isPriced)
    self =
      switch tuning.verdict {
      case .better: .settingsCanImprove(comparison)
      case .keep: .settingsAreGood(comparison)
      case .unreachable: .settingsDoNotSuffice(comparison)
      }
  }

  public var code: String {
    switch self {
    case .settingsCanImprove: "settings-can-improve"
    case .settingsAreGood: "settings-are-good"
    case .settingsDoNotSuffice: "settings-do-not-suffice"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .settingsCanImprove, .settingsDoNotSuffice: .change
    case .settingsAreGood: .holds
    }
  }
}
