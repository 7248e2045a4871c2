  $ sh $TESTDIR/../greet.sh Ada
  Hello Ada
