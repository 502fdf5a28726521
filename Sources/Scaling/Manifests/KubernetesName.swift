/// Names of Kubernetes objects.
public enum KubernetesName {
  /// Whether a text is a DNS label (RFC 1123): at most 63 of `a-z`, `0-9` and `-`, none of them `-` at an end.
  public static func isLabel(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
    return first != 45 && last != 45 && bytes.allSatisfy { isAlphanumeric($0) || $0 == 45 }
  }

  /// Whether a text is a DNS subdomain (RFC 1123): labels with dots between, at most 253 characters in all.
  public static func isSubdomain(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 253 else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      let bytes = Array(part.utf8)
      guard let first = bytes.first, let last = bytes.last else { return false }
      return first != 45 && last != 45 && bytes.allSatisfy { isAlphanumeric($0) || $0 == 45 }
    }
  }

  /// The nearest DNS label: `Black Friday` gives `black-friday`. Empty where no letter or digit is in it.
  public static func label(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.lowercased().utf8 {
      if isAlphanumeric(byte) { bytes.append(byte) } else if let last = bytes.last, last != 45 { bytes.append(45) }
    }
    bytes = Array(bytes.prefix(63))
    while bytes.last == 45 { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
}
