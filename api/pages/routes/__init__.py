"""The pages' routers, each made over the same parts."""
