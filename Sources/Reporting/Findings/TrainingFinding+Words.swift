import Planning
import Quantities

extension TrainingFinding: Worded {
  var words: FindingWords {
    func days(_ value: Double) -> String { "\(NumberFormat.significant(value, 3)) days" }
    switch self {
    case .targetMissed(let run, let time):
      return FindingWords(
        "Training run \(run) misses its target: \(days(time)) at best.",
        because: "No number of accelerators with a legal layout that fits meets it.",
        remedy: "Allow more time, a larger batch, or another accelerator; headroom train shows what each makes of it.")
    case .spotRefused(let run, let why, let remedy):
      return FindingWords(
        "Training run \(run) cannot be done on spot capacity.", because: "\(Wording.sentence(why)).",
        remedy: "\(Wording.sentence(remedy)).")
    case .memoryIsTight(let run, let free):
      return FindingWords(
        "Training run \(run) fits its cards by \(Wording.percent(max(0, free))) only.",
        because: "What the allocator keeps beside the tensors does not fit.",
        remedy: "Leave more room: recomputation, more sharding, or a smaller micro-batch.")
    case .late(let run, let end, let due, let machine, let more):
      let when = end.map { "is done in \(days($0))" } ?? "is not done within a year"
      let wanted = due.map { ", due in \(days($0))" } ?? ""
      return FindingWords(
        "Training run \(run) \(when)\(wanted).",
        because: "What the service and runs of higher priority leave of \(machine) is too little.",
        remedy: more.map { "\($0) \(machine) more would do." }
          ?? "More machines do not help: start earlier, or give it more accelerators.")
    case .waits(let run, let time, let takers):
      return FindingWords(
        "Training run \(run) waits \(days(time)) for machines.",
        because: takers.isEmpty
          ? "The service and earlier runs hold them."
          : "Ahead of it \(Set(takers).count == 1 ? "is" : "are") \(Wording.list(Array(Set(takers)).sorted())).",
        remedy: "Raise its priority or its quota where that is too long.")
    }
  }
}
