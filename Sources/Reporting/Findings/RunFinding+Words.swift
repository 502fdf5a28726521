import Planning
import Quantities

extension RunFinding: Worded {
  var words: FindingWords {
    switch self {
    case .latestInvalid(let run):
      return FindingWords(
        "Run \(run) is not compared: it was not valid.",
        because: "Its figures tell about the generator or an interruption, not about the service.",
        remedy: "Run it again as its own words say.")
    case .tooFew(let run, let earlier):
      return FindingWords(
        "Run \(run) has \(earlier) earlier run\(earlier == 1 ? "" : "s") to compare with; "
          + "\(RunHistory.fewest) are the fewest that tell chance from change.",
        because: "Comparable runs load the same address in the same way, at a rate within 5 %.",
        remedy: "Repeat the test: \(RunHistory.fewest - earlier) more, unchanged.")
    case .worse(let change):
      return FindingWords(
        "\(change.figure.name) is \(percent(change.worse)) worse in run \(change.run).", because: numbers(of: change),
        remedy: "Compare what was deployed between runs \(change.previous) and \(change.run).")
    case .maybeWorse(let change):
      return FindingWords(
        "\(change.figure.name) looks \(percent(change.worse)) worse in run \(change.run), which may be chance.",
        because: numbers(of: change), remedy: "Repeat the test: a second run like it would decide.")
    case .noRegression(let run, let earlier):
      return FindingWords(
        "Run \(run) is within what \(earlier) earlier runs scatter.",
        because: "No figure is 5 % or more on the bad side.")
    }
  }

  private func numbers(of change: Change) -> String {
    func written(_ value: Double) -> String {
      change.figure.isTime
        ? NumberFormat.duration(.seconds(value)) : NumberFormat.short(value, digits: 4) + "/s"
    }
    return
      "\(written(change.value)) against \(written(change.usual)) in \(change.earlier) earlier runs, which scatter by "
      + "\(percent(change.scatter)); by chance alone it would be this far off in \(percent(change.chance)) of runs."
  }

  private func percent(_ share: Double) -> String {
    share < 0.000_1 ? "less than 0.01 %" : NumberFormat.significant(share * 100, 2) + " %"
  }
}

extension RunFinding.Figure {
  fileprivate var name: String {
    switch self {
    case .capacity: "capacity"
    case .p50: "P50"
    case .p99: "P99"
    case .throughput: "throughput"
    }
  }
}
