import Testing

/// Tests of `photoctl` against a photo server of their own, one after the other.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum PhotoctlTests {}
