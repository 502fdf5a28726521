import Planning
import Quantities
import Traffic

extension DemandFinding: Worded {
  var words: FindingWords {
    switch self {
    case .historyIsOld(let end, let gap, let doubt):
      return FindingWords(
        "The history ends on \(end.long), \(NumberFormat.duration(gap)) before the plan begins.",
        because:
          "Over so long the level moves by up to \(doubt.formatted(digits: 2)) in eight of ten cases, as this history did; events in between are not counted.",
        remedy: "Give newer data, or --now \(end) to plan from its end.")
    case .seasonUnseen(let history):
      return FindingWords(
        "The horizon reaches into times of the year that the history has not seen.",
        because:
          "It covers \(NumberFormat.duration(history)); the season of the year shows from 13 months on and is taken for flat until then.",
        remedy: "Give a longer history, or name what you know of the year as events.")
    case .flatTop(let flat):
      return FindingWords(
        "Demand stands flat at \(flat.rate): something cut it off in \(flat.steps) steps on \(flat.days) days.",
        because: flat.unmet.map {
          "By what was not cut off the highest step would have been \($0): the plan is for that."
        }
          ?? "How much was turned away is not in the data: the plan holds only what was let in.",
        remedy: flat.unmet == nil
          ? "Count rejected requests too, or raise demand by an event or growth." : "Count rejected requests too.")
    case .recentChange(let change):
      let times = NumberFormat.significant(change.factor.rawValue, 2)
      let chance = NumberFormat.fixed(change.hold * 100, decimals: 0)
      return FindingWords(
        "The level changed to \(times) times what it was within the last \(Wording.count(change.days, "day")).",
        because: "Changes of that age stayed in \(chance) % of the cases; the forecast's range covers both.",
        remedy: "Say it as an event where you know that it passes.")
    case .peakDiffersFromSimple(let change, let simple, let backtest):
      let share = NumberFormat.significant(abs(change.rawValue) * 100, 2)
      let test = backtest.map { test in
        let error = NumberFormat.significant(test.error.rawValue * 100, 2)
        return "At \(test.origins) earlier moments its peaks were off by \(error) % on average."
      }
      return FindingWords(
        "The ensemble expects a peak without events \(share) % \(change.rawValue > 0 ? "above" : "below") that of the simple forecast (level x shape x growth), \(simple).",
        because: test ?? "Its forecasters were weighed at earlier moments of the history.",
        remedy: "Read 'headroom forecast' on the same traffic for its backtest.")
    case .eventLate(let event, let start, let milestone, let due):
      return FindingWords(
        "\(event) on \(start.long): the date for \(milestone.activity) has passed.", because: "It was \(due.long).",
        remedy: "Do it now; what cannot be had in time must be met by shedding load or by reserved capacity.")
    case .eventOutside(let event, let next, let end):
      return FindingWords(
        "\(event) changes nothing: it lies neither in the history nor in the horizon.",
        because: next.map { "Its next day is \($0.long), and the plan looks ahead to \(end.long)." }
          ?? "The plan looks ahead to \(end.long), and it does not come again.",
        remedy: next == nil ? "Take it out, or give its next date." : "Lengthen the horizon to plan for it.")
    case .history(let note):
      return FindingWords(
        note.what, because: note.because, remedy: note.remedy.isEmpty ? "Look at the source." : note.remedy)
    case .gaps(let count, let steps, let all):
      return FindingWords(
        "The history has \(count) gap\(count == 1 ? "" : "s"), \(Wording.count(steps)) of \(Wording.count(all)) steps.",
        because: "They are left out of averages and profiles; nothing is filled in.")
    case .outliers(let count, let largest, let day, let second):
      return FindingWords(
        "\(count) outlier\(count == 1 ? "" : "s"); the largest is \(largest.value) on \(moment(day, second)), where \(largest.expected) was usual.",
        because: "Outliers are kept in the peak of the history and left out of the baseline.",
        remedy: "If it was an event, name it under events so that its lift is measured.")
    case .eventProposed(let proposal):
      let lift = proposal.event.lift
      return FindingWords(
        "Demand recurs by a rule that no event names: \(proposal.event.name), \(lift.mid) (\(lift.low) to \(lift.high)) on \(proposal.hits.count) of \(proposal.occurrences) days\(proposal.next.map { ", next on \($0.long)" } ?? "").",
        because: "The forecast does not count it: what is not named is an outlier.",
        remedy: "Add under events: `\(proposal.planLine)`")
    case .growthUnknown(let history):
      return FindingWords(
        "State the growth: the history is too short to measure it.",
        because: "\(NumberFormat.duration(history)) of history; the plan takes none.",
        remedy: "Add growth: 20%/year under traffic.")
    }
  }

  /// A second of a day, as people write it.
  private func moment(_ day: CivilDate, _ second: Int) -> String {
    let minute = second / 60 % 60
    return "\(day.long) at \(second / 3600):\(minute < 10 ? "0" : "")\(minute)"
  }
}

extension DemandAssumption: WordedAssumption {
  var sentence: String {
    switch self {
    case .peakToAverage(let ratio):
      "Peak over average is taken as \(NumberFormat.significant(ratio.rawValue, 4)); measure it with a traffic source."
    case .catalogLift(let event, let lift):
      "The lift of \(event) (\(lift)) is a typical one from the catalog, not yours."
    case .borrowedYear(let source):
      "The season of the year is that of \(source): the history is too short to know its own."
    }
  }
}
