"""The cellar: words every room uses. In: nothing of the house. Out: clock, ids, problems, outcomes,
money, labels. Refuses to know: any format, any store, any network."""
