/// The abbreviation of a zone behind a time: `CET`, `EST`, `IST`.
///
/// Offsets are those of the tz database (https://www.iana.org/time-zones); where RFC 5322, 4.3, gives a name to North America
/// (EST, EDT, CDT, MST, MDT, PST, PDT), it is that. Names that several zones bear today are open.
struct ZoneWord: Hashable {
  let name: String
  /// Seconds east of UTC, of each zone that bears the name.
  let offsets: [Int]
  /// A zone of each, by the tz database's name.
  let examples: [String]

  /// In words, for a question: `+05:30 (Asia/Kolkata)`.
  var places: [String] {
    zip(offsets, examples).map { offset, example in
      func two(_ n: Int) -> String { (n < 10 ? "0" : "") + String(n) }
      let minutes = abs(offset) / 60
      return "\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60)) (\(example))"
    }
  }

  /// - Parameter word: in small letters.
  init?(_ word: String) {
    name = word.uppercased()
    if let hours = ZoneWord.single[word] {
      offsets = [Int(hours * 3600)]
      examples = []
    } else if let several = ZoneWord.several[word] {
      offsets = several.map { Int($0.hours * 3600) }
      examples = several.map(\.zone)
    } else {
      return nil
    }
  }

  private static let single: [String: Double] = [
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3,
    "msk": 3, "trt": 3, "sast": 2, "cat": 2, "eat": 3, "wat": 1, "pkt": 5, "npt": 5.75, "ict": 7, "wib": 7, "hkt": 8,
    "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "nst": -3.5, "ndt": -2.5, "adt": -3, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10, "art": -3, "brt": -3, "clt": -4, "clst": -3, "cot": -5, "pet": -5,
  ]

  private static let several: [String: [(hours: Double, zone: String)]] = [
    "cst": [(-6, "America/Chicago"), (8, "Asia/Shanghai"), (-5, "America/Havana")],
    "ist": [(5.5, "Asia/Kolkata"), (2, "Asia/Jerusalem"), (1, "Europe/Dublin")],
    "bst": [(1, "Europe/London"), (6, "Asia/Dhaka")],
    "ast": [(-4, "America/Halifax"), (3, "Asia/Riyadh")],
    "gst": [(4, "Asia/Dubai"), (-2, "Atlantic/South_Georgia")],
    "sst": [(-11, "Pacific/Pago_Pago"), (8, "Asia/Singapore")],
    "amt": [(-4, "America/Manaus"), (4, "Asia/Yerevan")],
  ]
}
