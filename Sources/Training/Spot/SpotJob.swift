import Glibc
import Quantities

/// A job that may run on spot capacity, on demand, or wait, and must be done by a deadline.
public struct SpotJob: Hashable, Sendable {
  /// Computing that it needs.
  public var work: Duration
  public var deadline: Duration
  /// What each new set of machines takes before it computes: starting and loading the checkpoint.
  public var changeover: Duration
  /// The price on demand over that of spot.
  public var priceRatio: Double
  /// Computing between two checkpoints; nil without checkpoints, zero where nothing is ever lost.
  public var checkpointEvery: Duration?
  /// Share of the computing that saving takes.
  public var savingShare: Double

  public init(
    work: Duration, deadline: Duration, changeover: Duration, priceRatio: Double, checkpointEvery: Duration? = .zero,
    savingShare: Double = 0
  ) {
    self.work = work
    self.deadline = deadline
    self.changeover = changeover
    self.priceRatio = priceRatio
    self.checkpointEvery = checkpointEvery
    self.savingShare = min(max(savingShare, 0), 0.9)
  }

  /// The work with what saving adds to it.
  var workWithSaving: Double { work.hours / (1 - savingShare) }

  /// Why it cannot be done on spot capacity with this model, with the arithmetic; nil where it can.
  ///
  /// Without checkpoints a job of w hours starts anew after each loss: (e^(w / up) - 1) x up hours of computing on average
  /// for spells of `up` hours, to which waiting comes (arithmetic of a Poisson process).
  public func refusal(on model: SpotModel) -> TrainingError? {
    if priceRatio <= 1 {
      return TrainingError(
        .infeasible, "spot is not cheaper than on demand (a ratio of \(NumberFormat.significant(priceRatio, 3)))",
        remedy: "run on demand")
    }
    let needed = work.hours + changeover.hours
    if needed > deadline.hours {
      return TrainingError(
        .infeasible,
        "\(hours(work.hours)) of work and \(hours(changeover.hours)) to start are more than \(hours(deadline.hours))",
        remedy: "allow \(hours(needed)) or more, or use more accelerators")
    }
    let up = model.meanUp.hours
    if checkpointEvery == nil {
      let computing = up * expm1(work.hours / up)
      let expected = computing * (1 + model.meanDown.hours / up)
      guard expected > 1.5 * deadline.hours else { return nil }
      return TrainingError(
        .infeasible,
        "without checkpoints a job of \(hours(work.hours)) on machines that last \(hours(up)) on average takes "
          + "(e^(\(NumberFormat.significant(work.hours, 3)) / \(NumberFormat.significant(up, 3))) - 1) x \(hours(up)) = "
          + "\(hours(computing)) of computing, \(hours(expected)) with waiting, not \(hours(deadline.hours))",
        remedy:
          "save checkpoints, for example every \(hours((2 * max(changeover.hours, 0.02) * up).squareRoot())), or run on demand"
      )
    }
    return nil
  }

  private func hours(_ value: Double) -> String {
    value >= 1 ? "\(NumberFormat.significant(value, 3)) h" : "\(NumberFormat.significant(value * 60, 2)) min"
  }
}

/// What came of a job on one stretch of availability.
public struct SpotRun: Hashable, Sendable {
  /// Hours that spot and on-demand machines were paid for, of one machine each.
  public var spotHours: Double
  public var onDemandHours: Double
  /// Hours until the work was done.
  public var finish: Double
  public var meetsDeadline: Bool
  /// How often spot capacity was lost while in use.
  public var losses: Int
  /// Cost over that of the work on demand from start to end.
  public var relativeCost: Double
}
